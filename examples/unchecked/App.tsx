// UNCHECKED: no test compiles or runs this file; the flow below it, `../expo/flow.ts`, is run.
// The screen of a small Expo app. `npx create-expo-app`, then `npx expo install @supabase/supabase-js`.
import { useState } from 'react'
import { Button, FlatList, SafeAreaView, Text, TextInput } from 'react-native'
import { Refused, Sahne, type Session } from '../expo/flow'

const sahne = new Sahne('http://127.0.0.1:54321', 'sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH')

export default function App() {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [sessions, setSessions] = useState<Session[]>()
  const [told, setTold] = useState('')

  async function trying(work: () => Promise<void>) {
    try {
      setTold('')
      await work()
    } catch (error) {
      setTold(error instanceof Refused || error instanceof Error ? error.message : String(error))
    }
  }

  async function comeIn() {
    await sahne.signIn(email, password)
    setSessions(await sahne.liveSessions())
  }

  async function watch(session: Session) {
    const { livekit } = await sahne.join(session.id)
    setTold(`Connect the room of @livekit/react-native to ${livekit.url}`)
  }

  return (
    <SafeAreaView>
      {sessions === undefined ? (
        <>
          <TextInput accessibilityLabel="Email" value={email} onChangeText={setEmail} autoCapitalize="none" />
          <TextInput accessibilityLabel="Password" value={password} onChangeText={setPassword} secureTextEntry />
          <Button title="Sign in" onPress={() => trying(comeIn)} />
        </>
      ) : (
        <FlatList
          data={sessions}
          keyExtractor={(session) => session.id}
          ListEmptyComponent={<Text>Nobody is live.</Text>}
          renderItem={({ item }) => (
            <Button title={`${item.title} (${item.viewer_count})`} onPress={() => trying(() => watch(item))} />
          )}
        />
      )}
      <Text accessibilityRole="alert">{told}</Text>
    </SafeAreaView>
  )
}
